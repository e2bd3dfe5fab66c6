import Foundation

/// Python's Proton binding, whose messages go through Proton's own C codec: a program on standard
/// input and output, one line of hexadecimal digits a message.
struct ProtonWitness {
    static let python = "/usr/bin/python3"

    /// Whether the binding is installed (Debian: python3-qpid-proton).
    static let isInstalled: Bool = {
        (try? run("import proton", input: "")) != nil
    }()

    struct Failure: Error {
        var output: String
    }

    /// Runs a Python program and returns what it printed.
    static func run(_ program: String, input: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", program]
        let standardInput = Pipe()
        let standardOutput = Pipe()
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardOutput
        try process.run()
        // The programs read all of their input before they print, so neither side can block.
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: output, as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }
}
