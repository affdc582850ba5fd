-- The latest event that changed what is posted is asked for by every reader of a board; drafts come between by the thousand.
create index events_of_ledger on events (plant_id, event) where kind <> 'draft' and kind <> 'handover';
