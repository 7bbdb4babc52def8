//! The conditions that the engine brings: one file each.

pub mod always;
pub mod composite;
pub mod count;
pub mod expression;
pub mod join;

use crate::registry::Registry;

pub(crate) fn register(registry: &mut Registry) {
    registry.add_condition("always", always::make);
    registry.add_condition("composite", composite::make);
    registry.add_condition("count", count::make);
    registry.add_condition("expression", expression::make);
    registry.add_condition("join", join::make);
}
