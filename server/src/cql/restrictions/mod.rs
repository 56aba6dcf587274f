//! WHERE: relations -> partitions, clustering slices and row filters.
//!
//! `bind` sorts relations by what they restrict (once a statement); `evaluate` turns them into byte
//! ranges with the bound values (every execution); `filter` tests rows that ranges cannot select.

mod bind;
mod evaluate;
mod filter;
mod slices;

pub(crate) use bind::{BoundRestrictions, ClusteringRestriction, bind_restrictions};
pub(crate) use filter::{Filter, FilterLeft, bind_filter, bind_filter_left, compare};
pub(crate) use slices::normalise;
