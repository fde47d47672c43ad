//! Whole rollouts: traffic, queues, fleets, controllers, damage.

#[path = "../clumped/mod.rs"]
mod clumped;
#[path = "../support/stats.rs"]
mod statistical;
#[path = "../support/mod.rs"]
mod support;

mod ab_tests;
mod arrivals;
mod asynchronous;
mod baseline;
mod behaviour;
mod code_deploy;
mod guardrails;
mod healthy_blue;
mod left_out;
mod metamorphic;
mod monitors;
mod net_harm;
mod parking;
mod quality;
mod queues;
mod retries;
mod rolling;
mod rollout_scenarios;
mod routing_scope;
mod seen_when_answered;
mod shadow_comparison;
mod swarm;
mod trouble;
mod unseen_fault;
