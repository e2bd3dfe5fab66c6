extension JSONEventFormat {
    /// Whether a payload that nothing else is known of is a whole event rather than the body of one.
    ///
    /// A whole event is an object with `specversion`, or with `data` and no member that begins with
    /// `$`: twins, edges and models, which are bodies, all have such members.
    public static func isEvent(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer)
            guard let members = try? scanner.readMembers() else { return false }
            if members.contains(where: { $0.name == "specversion" }) { return true }
            return members.contains { $0.name == "data" } && !members.contains { $0.name.hasPrefix("$") }
        }
    }
}
