using Ladewerk.Drivers;
using Ladewerk.Kernel;

namespace Ladewerk.Billing;

/// <summary>Who supplies and who receives, frozen from what the tenant and the account say at issue.</summary>
internal static class Parties
{
    /// <summary>
    /// Gross amount in the invoice's currency up to which an invoice may go without the customer's name and address
    /// (§33 UStDV, Kleinbetragsrechnung: 250 EUR).
    /// </summary>
    public const decimal SmallAmount = 250m;

    /// <summary>Names of the profile's fields without which no invoice may be issued (§14 Abs. 4 Nr. 1 and 2 UStG); empty where all is there.</summary>
    public static IReadOnlyList<string> MissingOf(TenantProfile profile)
    {
        var missing = new List<string>();
        Need(profile.LegalName, "legalName");
        Need(profile.Street, "street");
        Need(profile.PostalCode, "postalCode");
        Need(profile.City, "city");
        if (string.IsNullOrWhiteSpace(profile.VatId) && string.IsNullOrWhiteSpace(profile.TaxNumber))
        {
            missing.Add("vatId or taxNumber");
        }

        return missing;

        void Need(string? value, string name)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                missing.Add(name);
            }
        }
    }

    /// <exception cref="SupplierIncompleteException">A field that the law demands is missing.</exception>
    public static Supplier SupplierOf(Tenant tenant)
    {
        var profile = tenant.Profile;
        if (MissingOf(profile) is { Count: > 0 } missing)
        {
            throw new SupplierIncompleteException(missing);
        }

        return new Supplier(profile.LegalName!, profile.Street!, profile.PostalCode!, profile.City!, tenant.Country, profile.VatId, profile.TaxNumber, tenant.Name)
        {
            Email = profile.Email,
            Phone = profile.Phone,
            Website = profile.Website,
            RegisterEntry = profile.RegisterEntry,
            ManagingDirector = profile.ManagingDirector,
            BankName = profile.BankName,
            Iban = profile.Iban,
            Bic = profile.Bic,
        };
    }

    public static Customer CustomerOf(BillingAccount account) =>
        new(account.Name, string.IsNullOrWhiteSpace(account.Company) ? null : account.Company, account.Street, account.PostalCode, account.City, account.Country)
        {
            VatId = account.VatId,
            Email = account.Email,
            CustomerNumber = account.CustomerNumber,
            BuyerReference = string.IsNullOrWhiteSpace(account.BuyerReference) ? null : account.BuyerReference.Trim(),
            ElectronicAddress = account.ElectronicAddress,
            ElectronicScheme = account.ElectronicScheme,
        };

    /// <summary>Names of the profile's fields that an XRechnung needs beside those of every invoice (BR-DE-5 to BR-DE-7); empty where all is there.</summary>
    public static IReadOnlyList<string> MissingForXRechnung(Supplier supplier)
    {
        var missing = new List<string>();
        if (supplier.Phone is null || supplier.Phone.Count(char.IsAsciiDigit) < 3)
        {
            missing.Add("phone");
        }

        if (!Kernel.Mail.MailQueue.IsAddress(supplier.Email))
        {
            missing.Add("email");
        }

        return missing;
    }

    /// <summary>How the account's supplies are taxed.</summary>
    // BR-IC-02: an intra-Community supply names the supplier's VAT number too.
    public static VatDecision TaxOf(BillingAccount account, Supplier supplier) => account.VatTreatment == VatTreatment.IntraCommunity && string.IsNullOrWhiteSpace(supplier.VatId)
        ? VatDecision.AsPriced
        : VatTable.Of(account.VatTreatment, supplier.Country, account.Country, account.VatId, account.Language);

    /// <summary>A consumer pays what was shown, tax included; a company reckons net.</summary>
    public static bool IsConsumer(BillingAccount account) => string.IsNullOrWhiteSpace(account.Company) && string.IsNullOrWhiteSpace(account.VatId);
}

/// <summary>The tenant's profile lacks what the law demands of an invoice's supplier.</summary>
public sealed class SupplierIncompleteException(IReadOnlyList<string> missing)
    : Exception($"The supplier's details are incomplete: {string.Join(", ", missing)}.")
{
    /// <summary>Names of the missing fields.</summary>
    public IReadOnlyList<string> Missing { get; } = missing;
}
