using System.Text;
using Ladewerk.Drivers.Import;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Privacy;

/// <summary>By what a driver can be told from others, everywhere in the database.</summary>
/// <param name="Payer">Their billing account, where it is nobody else's.</param>
/// <param name="Strong">What names this person alone: e-mail, telephone, badge numbers; each with what stands in its place afterwards.</param>
/// <param name="Weak">What another may share: the name; replaced only in rows that are this person's by something else.</param>
internal sealed record Person(
    DriverId Driver, Guid? Account, BillingAccountId? Payer, Guid[] Badges, string Pseudonym, IReadOnlyList<(string Text, string Pseudonym)> Strong, IReadOnlyList<(string Text, string Pseudonym)> Weak,
    IReadOnlyList<string> Emails)
{
    /// <summary>Patterns of all that is replaced, the longest first, so that a number within a longer one comes second.</summary>
    public string[] Patterns => [.. All.Select(t => Pattern(t.Text))];

    public string[] Pseudonyms => [.. All.Select(t => t.Pseudonym)];

    /// <summary>Finds a row that is this person's.</summary>
    public string Related => string.Join('|', Strong.Select(t => Pattern(t.Text)).Concat(Ids.Select(id => id.ToString())));

    public string StrongPattern => string.Join('|', Strong.Select(t => Pattern(t.Text)));

    private IEnumerable<Guid> Ids => [Driver.Value, .. Badges, .. Account is { } a ? new[] { a } : [], .. Payer is { } p ? new[] { p.Value } : []];

    private IEnumerable<(string Text, string Pseudonym)> All => Strong.Concat(Weak).OrderByDescending(t => t.Text.Length);

    /// <summary>Reads a driver's traces; the pseudonym is the erasure's, so that a second try writes the same.</summary>
    public static async Task<Person?> Read(NpgsqlConnection connection, TenantId tenant, Guid driver, Guid erasure, CancellationToken ct)
    {
        var found = await connection.Command(
            """
            select d.name, d.email, d.phone, d.number, d.account_id, a.email, a.display_name, case when o.others then null else b.id end, b.name, b.email, b.company, b.street, b.vat_id, b.postal_code, b.city, b.customer_number, b.electronic_address, b.buyer_reference
            from driver d left join account a on a.id = d.account_id left join billing_account b on b.id = d.billing_account_id
            cross join lateral (select exists (select from driver x where x.billing_account_id = d.billing_account_id and x.id <> d.id) as others) o
            where d.tenant_id = $1 and d.id = $2 and d.erased_at is null
            """,
            tenant.Value, driver).Read(r => (Name: r.GetString(0), Email: r.Get<string>(1), Phone: r.Get<string>(2), Number: r.Get<string>(3), Account: r.Maybe<Guid>(4), Sign: r.Get<string>(5), Shown: r.Get<string>(6),
                Payer: r.Maybe<Guid>(7), PayerName: r.Get<string>(8), PayerEmail: r.Get<string>(9), Billed: Enumerable.Range(10, 8).Select(i => r.Get<string>(i)).ToList()), ct);
        if (found is not [var d])
        {
            return null;
        }

        var badges = await connection.Command("select id, uid, uid_key, visual_number from id_token where tenant_id = $1 and driver_id = $2 order by id", tenant.Value, driver)
            .Read(r => (Id: r.GetGuid(0), Uid: r.GetString(1), Key: r.GetString(2), Visual: r.Get<string>(3)), ct);
        var alias = await connection.Command("select alias_key from id_token_alias where id_token_id = any($1)", ImportTables.Ids(badges.Select(b => b.Id))).Read(r => r.GetString(0), ct);
        var cars = await connection.Command("select plate, vin, mac, emaid, name from vehicle where tenant_id = $1 and driver_id = $2 and contract_id is null", tenant.Value, driver)
            .Read(r => (Own: new[] { r.Get<string>(0), r.Get<string>(1), r.Get<string>(2), r.Get<string>(3) }, Name: r.Get<string>(4)), ct);
        var word = "erased-" + erasure.ToString("N")[^8..];
        string?[] emails = [d.Email, d.Sign, d.Payer is null ? null : d.PayerEmail];
        var strong = new List<(string?, string)>();
        strong.AddRange(emails.Select(e => (e, word + "@erased.invalid")));
        strong.Add((d.Phone is { Length: >= 6 } ? d.Phone : null, word));
        strong.AddRange(badges.Index().SelectMany(b => new[] { b.Item.Uid, b.Item.Key }.Select(uid => ((string?)uid, BadgePseudonym(word, b.Index)))));
        strong.AddRange(cars.SelectMany(c => c.Own).Select(t => (t, word)));
        strong.AddRange(alias.Select(a => ((string?)a, BadgePseudonym(word, 0))));
        var weak = new List<(string?, string)> { (d.Name, word), (d.Shown, word), (d.Number, word), (d.Phone, word) };
        weak.AddRange(badges.Select(b => (b.Visual, word)));
        weak.AddRange(cars.Select(c => (c.Name, word)));
        if (d.Payer is not null)
        {
            weak.Add((d.PayerName, word));
            weak.AddRange(d.Billed.Select(t => (t, word)));
        }

        return new Person(new DriverId(driver), d.Account, d.Payer is { } payer ? new BillingAccountId(payer) : null, [.. badges.Select(b => b.Id)], word, Clean(strong, 4), Clean(weak, 3), [.. emails.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)]);
    }

    /// <summary>What stands in the place of a badge's number; one for each, because numbers are unique.</summary>
    public static string BadgePseudonym(string word, int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{word.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant()}N{index}");

    private static List<(string Text, string Pseudonym)> Clean(IEnumerable<(string? Text, string Pseudonym)> texts, int shortest) =>
        [.. texts.Where(t => t.Text?.Trim().Length >= shortest).Select(t => (Text: t.Text!.Trim(), t.Pseudonym)).DistinctBy(t => t.Text.ToUpperInvariant())];

    /// <summary>The text as a pattern of PostgreSQL, not within a longer word; as JSON writes it, too.</summary>
    private static string Pattern(string text)
    {
        var pattern = new StringBuilder("(?<![[:alnum:]])");
        foreach (var c in text)
        {
            pattern.Append(char.IsLetterOrDigit(c) ? "" : "\\").Append(c is '"' or '\\' ? "\\?\\" + c : c.ToString());
        }

        return pattern.Append("(?![[:alnum:]])").ToString();
    }
}
