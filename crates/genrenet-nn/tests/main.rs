//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
mod support;

mod conv_finite_differences;
mod conv_golden;
mod conv_maximum;
mod dropout;
mod half_weights;
mod loss_golden;
mod network_build;
mod network_threads;
mod optim_golden;
mod optional_inputs;
mod parallel;
mod sequence_golden;
mod sequence_properties;
mod unfilled;
