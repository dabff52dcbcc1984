//! Frames, exact length, outcome.
