-- Keys of authenticator apps and recovery codes, encrypted by the key ring.
create table account_secret (
  user_id        uuid not null references account on delete cascade,
  login_provider text not null,
  name           text not null,
  value          text,
  primary key (user_id, login_provider, name)
);
