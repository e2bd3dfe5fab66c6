#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The operating system's clock that no one sets.
enum SystemClock {
    /// Milliseconds since the machine booted, those of its sleep included.
    @Sendable static func bootMilliseconds() -> Int64 {
        var time = timespec()
        #if os(Linux)
            clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            // On Darwin this one counts the sleep.
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Differs from boot to boot; 0 where the system does not say.
    @Sendable static func bootID() -> Int64 {
        var bytes = [UInt8](repeating: 0, count: 64)
        #if os(Linux)
            let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return 0 }
            defer { close(descriptor) }
            let length = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            return Int64(bitPattern: Checksum.of(Array(bytes.prefix(max(0, length)))))
        #else
            var size = bytes.count
            guard sysctlbyname("kern.bootsessionuuid", &bytes, &size, nil, 0) == 0 else { return 0 }
            return Int64(bitPattern: Checksum.of(Array(bytes.prefix(size))))
        #endif
    }
}
