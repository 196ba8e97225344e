//! br (RFC 7932).

use super::{CHUNK, Step, damaged};
use crate::error::{Code, Result};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

/// A br stream; what follows it is dropped.
pub(super) struct Brotli {
    /// Without the "large window" extension: the window is 16 MiB at most.
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    ended: bool,
}

impl Default for Brotli {
    fn default() -> Brotli {
        let alloc = StandardAlloc::default;
        Brotli { state: BrotliState::new_strict(alloc(), alloc(), alloc()), ended: false }
    }
}

impl std::fmt::Debug for Brotli {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Brotli").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Brotli {
    pub(super) fn is_complete(&self) -> bool {
        self.ended
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Step> {
        if self.ended {
            return Ok(Step { consumed: input.len(), more: false });
        }
        out.try_reserve(CHUNK).map_err(|_| Code::Memory)?;
        let before = out.len();
        out.resize(before + CHUNK, 0);
        let (mut left, mut consumed) = (input.len(), 0);
        let (mut room, mut written, mut total) = (CHUNK, 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut consumed,
            input,
            &mut room,
            &mut written,
            &mut out[before..],
            &mut total,
            &mut self.state,
        );
        out.truncate(before + written);
        match result {
            BrotliResult::ResultSuccess => {
                self.ended = true;
                Ok(Step { consumed: input.len(), more: false })
            }
            BrotliResult::NeedsMoreInput => {
                debug_assert_eq!(left, 0, "it keeps what it cannot use yet");
                Ok(Step { consumed: input.len(), more: false })
            }
            BrotliResult::NeedsMoreOutput => Ok(Step { consumed, more: true }),
            BrotliResult::ResultFailure => Err(damaged("br", "invalid data")),
        }
    }
}
