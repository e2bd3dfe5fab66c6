import TestSupport

/// Python's Proton binding, whose messages go through Proton's own C codec: a program on standard
/// input and output, one line of hexadecimal digits a message.
struct ProtonWitness {
    static let python = "/usr/bin/python3"

    /// Whether the binding is installed (Debian: python3-qpid-proton).
    static let isInstalled: Bool = {
        (try? run("import proton", input: "")) != nil
    }()

    /// Runs a Python program and returns what it printed.
    static func run(_ program: String, input: String) throws -> String {
        try PythonProgram.run(program, with: python, input: input)
    }
}
