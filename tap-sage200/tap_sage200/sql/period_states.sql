-- Whether a module may post to a period.
-- Reads:  SYSModuleAccountingPeriod, SYSModule, SYSModulePostingStatus.
-- Index:  the foreign key SYSAccountingPeriodID of SYSModuleAccountingPeriod, sought for each
--         parent, the rest by primary key.
-- Locks:  shared row locks on the rows of at most 500 parents, each given back as soon as its row
--         is read.
select
  state."SYSModuleAccountingPeriodID" as period_state_id,
  state."SYSAccountingPeriodID" as parent_id,
  state."SYSModuleID" as module_id,
  module."Name" as module,
  lower(status."Name") as posting_status,
  state."OpLock" as op_lock
from {schema}."SYSModuleAccountingPeriod" as state
left join {schema}."SYSModule" as module
  on module."SYSModuleID" = state."SYSModuleID"
left join {schema}."SYSModulePostingStatus" as status
  on status."SYSModulePostingStatusID" = state."SYSModulePostingStatusID"
where state."SYSAccountingPeriodID" in :parent_ids
order by state."SYSModuleAccountingPeriodID"
