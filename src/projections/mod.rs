//! How h and z look.
