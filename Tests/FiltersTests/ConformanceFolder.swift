import Foundation

/// `shared/conformance`: beside the package, or beside one of the folders above it, or where
/// TWINROUTE_CONFORMANCE says.
enum ConformanceFolder {
    static func find(_ name: String) -> URL? {
        var candidates: [URL] = []
        if let path = ProcessInfo.processInfo.environment["TWINROUTE_CONFORMANCE"] {
            candidates.append(URL(fileURLWithPath: path).appendingPathComponent(name))
        }
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            folder = folder.deletingLastPathComponent()
            candidates.append(folder.appendingPathComponent("shared/conformance").appendingPathComponent(name))
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0.path) }
    }
}
