import Foundation

/// Small text files that a configuration consists of or names.
enum FileText {
    /// What is wrong with a file: a predicate that follows its name.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// More than any configuration, certificate chain or secret.
    static let maximumBytes = 4 << 20

    static func read(_ path: String) -> Result<String, Problem> {
        switch bytes(path) {
        case .failure(let problem): return .failure(problem)
        case .success(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return .failure(Problem(description: "is not UTF-8"))
            }
            return .success(text)
        }
    }

    static func bytes(_ path: String) -> Result<[UInt8], Problem> {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            return .failure(Problem(description: "does not exist"))
        }
        guard !isFolder.boolValue else { return .failure(Problem(description: "is a folder")) }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            return .failure(Problem(description: "cannot be read by this user"))
        }
        defer { try? handle.close() }
        do {
            let data = try handle.read(upToCount: maximumBytes + 1) ?? Data()
            guard data.count <= maximumBytes else {
                return .failure(Problem(description: "is larger than \(maximumBytes >> 20) MiB"))
            }
            return .success(Array(data))
        } catch {
            return .failure(Problem(description: "cannot be read"))
        }
    }
}
