// Rounding and remainders of Double call the C library's math functions. Importing the library
// makes the linker take it along also where nothing else does.
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
