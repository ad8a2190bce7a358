-- One row per batch and target (`webhook`, `mail`) of which people were told, or are to be told. kind and notice are what is to
-- be told last; told is the kind that was sent last, null before the first. A process that sends has claimed the row, so that
-- two processes send one message; a claim of one that died is void after two minutes. A row with another kind than told and no
-- claim is a notice that could not be sent: the next call sends it.
create table caseload.notices (
  source text not null,
  batch_date date not null,
  target text not null,
  kind text not null,
  notice json not null,
  noted_at timestamptz not null default clock_timestamp(),
  claim_id uuid,
  claimed_at timestamptz,
  told text,
  sent_at timestamptz,
  primary key (source, batch_date, target)
);
