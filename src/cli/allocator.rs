//! How the C library's allocator deals with large blocks.

/// From this size on, in bytes, a block is mapped for itself, and goes back to the system when it is freed.
const MAPPED_FROM: i32 = 4 << 20;
/// Free memory at the end of a heap, in bytes, beyond which it goes back to the system.
const TRIMMED_FROM: i32 = 2 * MAPPED_FROM;

/// Holds both bounds where they are. Of itself glibc raises them up to 32 and 64 MiB, to the largest block that was ever
/// freed: the pixels of a picture are then cut out of a heap, what is made of them is laid into the first hole, and the
/// next picture does not fit there any more (`mallopt(3)`, dynamic adjustment of the mmap threshold).
///
/// To be called before there is a second thread. Other C libraries need nothing of it.
pub(super) fn give_back_what_is_large() {
    #[cfg(target_env = "gnu")]
    for (bound, bytes) in [
        (libc::M_MMAP_THRESHOLD, MAPPED_FROM),
        (libc::M_TRIM_THRESHOLD, TRIMMED_FROM),
    ] {
        // SAFETY: it takes two numbers and no memory of ours; no other thread is allocating yet.
        #[allow(unsafe_code)]
        let taken = unsafe { libc::mallopt(bound, bytes) };
        debug_assert_eq!(taken, 1, "a bound that the allocator knows");
    }
}
