import AMQPCodec
import CProton

extension ErrorCondition {
    /// Nil when no condition is set.
    init?(proton condition: OpaquePointer?) {
        guard let condition, pn_condition_is_set(condition), let name = pn_condition_get_name(condition) else {
            return nil
        }
        self.init(
            String(cString: name),
            description: pn_condition_get_description(condition).map { String(cString: $0) },
            info: ProtonData.map(pn_condition_info(condition)))
    }

    func write(to condition: OpaquePointer?) {
        guard let condition else { return }
        pn_condition_set_name(condition, self.condition)
        if let description { pn_condition_set_description(condition, description) }
        ProtonData.set(pn_condition_info(condition), map: info)
    }
}
