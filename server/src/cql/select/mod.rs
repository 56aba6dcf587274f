//! SELECT: bound once to a [`SelectPlan`], run page by page.

mod bind;
mod collect;
mod page;
mod plan;
mod run;

pub(crate) use bind::bind_select;
pub(crate) use plan::SelectPlan;
pub(crate) use run::PageRequest;
