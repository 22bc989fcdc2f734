//! Images to views.
