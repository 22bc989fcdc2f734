//! The rules that move parameters.
