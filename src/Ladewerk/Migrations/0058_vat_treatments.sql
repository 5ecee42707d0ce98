-- Intra-Community supplies and exports beside the treatments that there were.
alter table billing_account
  drop constraint billing_account_vat_treatment_check,
  add constraint billing_account_vat_treatment_check check (vat_treatment in ('standard', 'reseller', 'exempt', 'intraCommunity', 'export'));
