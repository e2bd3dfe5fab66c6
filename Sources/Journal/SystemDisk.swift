#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the operating system says of a disk.
enum SystemDisk {
    /// Bytes that are free for this process on the disk of `folder`; `nil` where it cannot be told.
    @Sendable static func freeBytes(_ folder: String) -> Int64? {
        var information = statvfs()
        guard statvfs(folder, &information) == 0 else { return nil }
        return Int64(clamping: UInt64(information.f_bavail) &* UInt64(information.f_frsize))
    }
}
