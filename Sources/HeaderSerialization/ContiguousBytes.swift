extension Collection<UInt8> {
    /// Calls `body` with the elements in one run, copied only where they are not in one already.
    @inline(__always)
    func withContiguousBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The standard library's function rethrows untyped errors, so the outcome is carried out by hand.
        var outcome: Swift.Result<Result, Failure>?
        withContiguousStorageIfAvailable { bytes in
            do throws(Failure) {
                outcome = .success(try body(bytes))
            } catch {
                outcome = .failure(error)
            }
        }
        if let outcome { return try outcome.get() }
        return try ContiguousArray(self).withUnsafeBufferPointer(body)
    }
}
