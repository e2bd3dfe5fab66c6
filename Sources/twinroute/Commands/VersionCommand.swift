import AMQP
import ArgumentParser
import COpenSSL
import Foundation
import MQTT

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the versions of twinroute and of the C libraries it runs on.",
        discussion: "Example:\n  twinroute version --json")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let versions: [(String, String)] = [
            ("twinroute", Self.twinroute),
            ("qpid-proton", AMQPLibrary.version),
            ("mosquitto", MQTTLibrary.version),
            ("openssl", String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))),
        ]
        if json {
            let data = try JSONSerialization.data(
                withJSONObject: Dictionary(uniqueKeysWithValues: versions), options: [.sortedKeys])
            print(String(decoding: data, as: UTF8.self))
        } else {
            for (name, version) in versions { print("\(name) \(version)") }
        }
    }

    static let twinroute = "0.1.0"
}
