//! What h and z are worth.
