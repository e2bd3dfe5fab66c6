import Foundation

/// A Python program that reads all of its input before it prints: somebody else's word on what we
/// write, or somebody else's bytes for us to read.
public enum PythonProgram {
    public struct Failure: Error {
        public var output: String
    }

    /// Runs a program and returns what it printed, errors included.
    ///
    /// - Throws: ``Failure`` where it did not end with 0.
    public static func run(_ program: String, with python: String, options: [String] = [], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = options + ["-c", program]
        let standardInput = Pipe()
        let standardOutput = Pipe()
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardOutput
        try process.run()
        // All input is read before anything is printed, so neither side can block.
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: output, as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }
}
