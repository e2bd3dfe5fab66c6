import Foundation
import TestSupport

/// Programs of others, in Python, that read what we write and write what we read. They take hexadecimal
/// lines on standard input and print JSON or text.
struct PythonWitness {
    /// `.venv` of the package, which `make setup` makes; `TWINROUTE_PYTHON` names another one.
    private static let python: String = {
        if let path = ProcessInfo.processInfo.environment["TWINROUTE_PYTHON"] { return path }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".venv/bin/python").path
    }()

    static func has(_ module: String) -> Bool {
        (try? run("import \(module)")) != nil
    }

    static func run(_ program: String, input: String = "") throws -> String {
        try PythonProgram.run(program, with: python, options: ["-W", "ignore"], input: input)
    }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// Bytes from pairs of hexadecimal digits; everything else is ignored.
func bytes(_ text: some StringProtocol) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
