import Foundation
import Notifications
import Routing
import Settings
import TestSupport
import Testing

@Suite("Files, variables and YAML that cannot be read")
struct FileFaultTests {
    private func withTLS(_ tls: String) -> String {
        plain("mqtt://broker.example.net\n", "mqtts://broker.example.net\n    tls: \(tls)\n")
    }

    @Test("certificate and key files that are missing, folders, or hold something else")
    func certificates() throws {
        let folder = try TemporaryFolder()
        try folder.writeCredentials()
        try folder.write("empty.pem", "")
        let remedy = "name a PEM file with certificates; a relative name starts in the configuration's folder"
        #expect(
            faults(withTLS("{ ca: missing.pem }"), folder: folder.path) == [
                "bridge.yaml:5:16: mqtt[0].tls.ca: the file 'missing.pem' does not exist (\(remedy))"
            ])
        #expect(
            faults(withTLS("{ ca: \(folder.path) }"), folder: folder.path).first?.contains("is a folder (\(remedy))") == true)
        #expect(
            faults(withTLS("{ ca: empty.pem }"), folder: folder.path) == [
                "bridge.yaml:5:16: mqtt[0].tls.ca: the file 'empty.pem' has none in it (name a PEM file with certificates)"
            ])
        #expect(
            faults(withTLS("{ certificate: client.pem, key: ca.pem }"), folder: folder.path) == [
                "bridge.yaml:5:42: mqtt[0].tls.key: the file 'ca.pem' has none in it (name a PEM file with a private key)"
            ])
        #expect(
            faults(withTLS("{ certificate: client.pem }"), folder: folder.path) == [
                "bridge.yaml:5:25: mqtt[0].tls.certificate stands without key (add key)"
            ])
        #expect(faults(withTLS("{ ca: ca.pem, certificate: client.pem, key: client.key }"), folder: folder.path) == [])
    }

    @Test("a file without permission, where the user is not root", .enabled(if: geteuid() != 0))
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("ca.pem", "")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
        #expect(faults(withTLS("{ ca: ca.pem }"), folder: folder.path).first?.contains("cannot be read by this user") == true)
    }

    @Test("a missing variable, at its own column")
    func missingVariable() {
        #expect(
            faults(plain("    path: telemetry", "    path: tele-${AREA}-${SITE}")) == [
                "bridge.yaml:11:16: the environment variable AREA is not set (set it, or give a default: ${AREA:…})",
                "bridge.yaml:11:24: the environment variable SITE is not set (set it, or give a default: ${SITE:…})",
            ])
        #expect(
            faults(plain("    path: telemetry", "    path: 'x${A}${A}'")) == [
                "bridge.yaml:11:13: the environment variable A is not set (set it, or give a default: ${A:…})",
                "bridge.yaml:11:17: the environment variable A is not set (set it, or give a default: ${A:…})",
            ])
    }

    @Test("broken references")
    func brokenReferences() throws {
        let folder = try TemporaryFolder()
        #expect(
            faults(plain("    path: telemetry", "    path: a${B")) == [
                "bridge.yaml:11:12: '${' has no '}' (close it, or write '$${' for a plain '${')"
            ])
        #expect(
            faults(plain("    path: telemetry", "    path: ${B C}")) == [
                "bridge.yaml:11:11: '${B C}' is no variable name (write letters, digits and '_', or '$${' for a plain '${')"
            ])
        #expect(
            faults(plain("    path: telemetry", "    path: ${file:none}"), folder: folder.path) == [
                "bridge.yaml:11:11: the file none does not exist (name a file that this user can read)"
            ])
    }

    @Test("variables, defaults, files and escapes are expanded")
    func expansion() throws {
        let folder = try TemporaryFolder()
        try folder.write("name", "from-file\n")
        let environment = ["SET": "set", "EMPTY": "", "PORT": "1899"]
        for (text, value) in [
            ("${SET}", "set"), ("${SET:other}", "set"), ("${UNSET:a:b}", "a:b"), ("${EMPTY:default}", "default"),
            ("${file:name}", "from-file"), ("${file:\(folder.path)/name}!", "from-file!"), ("$${SET}", "${SET}"),
            ("$SET a$", "$SET a$"), ("x${SET}y${SET}z", "xsetysetz"),
        ] {
            let read = try load(
                plain("    path: telemetry", "    path: \"\(text)\""), environment: environment, folder: folder.path)
            #expect(read.configuration.endpoints.first?.path == value, "\(text)")
        }
        let read = try load(plain("broker.example.net", "h:${PORT}"), environment: environment)
        #expect(read.configuration.brokers.first?.url.port == 1899)
    }

    @Test("a reference stands in a flow mapping without quotes, whatever its default holds")
    func referencesInFlow() throws {
        let yaml = plainYAML + "\nhttp: { token: ${TOKEN:a, b: [c] #d}, listen: '127.0.0.1:80' } # \u{E000}\n"
        #expect(try load(yaml).configuration.http?.token?.revealed == "a, b: [c] #d")
        #expect(try load(yaml, environment: ["TOKEN": "t"]).configuration.http?.token?.revealed == "t")
        #expect(
            faults(plainYAML + "\nhttp: { listen: 127.0.0.1:80, token: ${TOKEN} }") == [
                "bridge.yaml:15:38: the environment variable TOKEN is not set (set it, or give a default: ${TOKEN:…})"
            ])
        let path = try load(plain("    path: telemetry", "    path: \u{E000}${X:{\u{E001}}")).configuration.endpoints.first?.path
        #expect(path == "\u{E000}{\u{E001}")
        #expect(faults("${X}: y\n" + plainYAML).first?.hasPrefix("bridge.yaml:1:1: unknown key '${X}'") == true)
    }

    @Test("text that is no YAML, no UTF-8, empty, or has a key twice")
    func noYAML() throws {
        #expect(
            faults("source: a\n  b: c") == [
                "bridge.yaml:2:4: this is no YAML: mapping values are not allowed in this context (check indents, colons and quotes)"
            ])
        #expect(faults("") == ["bridge.yaml:1:1: the file is empty (see docs/configuration.md)"])
        #expect(
            faults(plainYAML + "\nsource: b\n") == [
                "bridge.yaml:15:1: 'source' is there twice, first in line 1 (keep one)"
            ])
        let faultsOfBytes = #expect(throws: ConfigurationFaults.self) {
            try ConfigurationLoader(environment: [:]).load(bytes: [0x61, 0x0A, 0x62, 0xFF], file: "b.yaml", folder: "/")
        }
        #expect(faultsOfBytes?.description == "b.yaml:2:2: the file is not UTF-8 (save it as UTF-8)")
        let noFile = #expect(throws: ConfigurationFaults.self) {
            try ConfigurationLoader(environment: [:]).load("/nowhere/b.yaml")
        }
        #expect(
            noFile?.description == "/nowhere/b.yaml:1:1: the file does not exist (name a configuration with --config)")
    }

    @Test("nesting that would exhaust the stack is refused", arguments: ["[", "{a: ", "- ", "? "])
    func deepNesting(opening: String) {
        #expect(faults(String(repeating: opening, count: 100_000)).first?.contains("nests deeper than 500") == true)
    }

    @Test("deep block indents are refused or read, never a crash")
    func deepBlocks() {
        let yaml = (0..<3000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        #expect(!faults(yaml).isEmpty)
    }

    @Test("a reading in a file's own folder: relative names start there")
    func relativeNames() throws {
        let folder = try TemporaryFolder()
        try folder.writeCredentials()
        let file = try folder.write("bridge.yaml", withTLS("{ ca: ca.pem }"))
        let read = try ConfigurationLoader(environment: [:]).load(file).configuration
        #expect(read.brokers.first?.tls.ca?.hasSuffix("/ca.pem") == true)
        #expect(read.data.hasSuffix("/twinroute-data"))
        #expect(read.data.hasPrefix("/"))
    }

    @Test("a fault that another room finds inside a field gets its place in the file")
    func placesInsideFields() throws {
        let yaml = plainYAML + "\n" + """
                filter: type = 'x' AND oops
              - id: quoted
                endpoint: hub
                filter: "type = 'x' AND\\
                  \\ oops"
              - id: block
                endpoint: hub
                filter: |
                  type = 'x'
                  AND oops
              - id: folded
                endpoint: hub
                filter: >-
                  type = 'x'

                  AND oops
              - id: variable
                endpoint: hub
                filter: ${F}
            """.split(separator: "\n", omittingEmptySubsequences: false).map { "    ".dropLast(4) + $0 }.joined(separator: "\n")
        let read = try load(yaml, environment: ["F": "type = 'x' AND oops"])
        var places: [String] = []
        for (index, route) in read.configuration.routes.enumerated() {
            let filter = try #require(route.filter)
            let offset = try #require(filter.range(of: "oops")).lowerBound
            let scalars = filter.unicodeScalars.distance(from: filter.startIndex, to: offset)
            let fault = read.fault(at: "routes[\(index)].filter", offset: scalars, message: "m", remedy: "r")
            places.append("\(fault.position.line):\(fault.position.column)")
        }
        #expect(places == ["15:28", "19:9", "24:11", "30:11", "33:13"])
    }
}
