namespace Ladewerk.Drivers.Import;

/// <summary>What is known of drivers and badges while lines are decided; what a line makes is known to the next.</summary>
internal sealed class ImportBook
{
    private readonly Dictionary<Guid, DriverState> drivers = [];
    private readonly Dictionary<string, Guid> byNumber = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<Guid>> byEmail = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, BadgeState> badges = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Guid> payers = new(StringComparer.Ordinal);

    public void Know(DriverState driver)
    {
        drivers[driver.Id] = driver;
        if (driver.Number is { } number)
        {
            byNumber[number] = driver.Id;
        }

        if (driver.Email is { } email)
        {
            (byEmail.TryGetValue(email, out var those) ? those : byEmail[email] = []).Add(driver.Id);
        }
    }

    public void Know(BadgeState badge) => badges[badge.Key] = badge;

    public void KnowPayer(string customer, Guid account) => payers[customer] = account;

    public bool Knows(Guid driver) => drivers.ContainsKey(driver);

    public bool KnowsBadge(string key) => badges.ContainsKey(key);

    /// <summary>Decides on a line, and takes over what it makes.</summary>
    public RowOutcome Decide(PersonRow row)
    {
        var badge = row.Uid is { } uid ? badges.GetValueOrDefault(IdTokenUid.Key(uid)) : null;
        var (found, ambiguous) = Match(row, badge);
        if (ambiguous)
        {
            return RowOutcome.Bad(new RowFault("email", "emailAmbiguous"));
        }

        if (row.Customer is { } customer && !payers.ContainsKey(customer))
        {
            return RowOutcome.Bad(new RowFault("customer", "customerUnknown"));
        }

        var wantsDriver = (row.Number ?? row.Email ?? row.Name) is not null;
        if (wantsDriver && found is null && row.Name is null)
        {
            return RowOutcome.Bad(new RowFault("name", "nameMissing"));
        }

        var driver = wantsDriver ? Apply(row, found) : null;
        if (badge?.DriverId is { } holder && driver is not null && holder != driver.After.Id)
        {
            return RowOutcome.Bad(new RowFault("uid", "uidTaken"));
        }

        var card = row.Uid is null ? null : Apply(row, badge, driver?.After.Id);
        if (card is { After: { ValidFrom: { } from, ValidUntil: { } until } } && from >= until)
        {
            return RowOutcome.Bad(new RowFault("validUntil", "order"));
        }

        if (driver is not null)
        {
            Know(driver.After);
        }

        if (card is not null)
        {
            Know(card.After);
        }

        return new RowOutcome([], driver, card);
    }

    /// <summary>The driver that a line means: by number, else by e-mail, else by the badge.</summary>
    private (DriverState? Found, bool Ambiguous) Match(PersonRow row, BadgeState? badge)
    {
        if (row.Number is { } number && byNumber.TryGetValue(number, out var numbered))
        {
            return (drivers[numbered], false);
        }

        if (row.Email is { } email)
        {
            var those = byEmail.TryGetValue(email, out var ids) ? ids.Select(id => drivers[id]).Where(d => row.Number is null || d.Number is null).ToList() : [];
            return those.Count > 1 ? (null, true) : (those.Count == 1 ? those[0] : null, false);
        }

        return (row.Number is null && badge?.DriverId is { } holder ? drivers.GetValueOrDefault(holder) : null, false);
    }

    private RowChange<DriverState> Apply(PersonRow row, DriverState? found)
    {
        Guid? payer = row.Customer is { } customer ? payers[customer] : null;
        var after = found is null
            ? new DriverState(Guid.CreateVersion7(), row.Number, row.Name!, row.Email, row.Phone, row.Language ?? "de", row.Status ?? "active", payer)
            : found with
            {
                Number = row.Number ?? found.Number, Name = row.Name ?? found.Name, Email = row.Email ?? found.Email, Phone = row.Phone ?? found.Phone, Locale = row.Language ?? found.Locale,
                Status = row.Status ?? found.Status, Payer = payer ?? found.Payer,
            };
        return new RowChange<DriverState>(found is null ? RowEffect.Created : found == after ? RowEffect.Same : RowEffect.Changed, found, after);
    }

    private static RowChange<BadgeState> Apply(PersonRow row, BadgeState? found, Guid? driver)
    {
        var after = found is null
            ? new BadgeState(
                Guid.CreateVersion7(), row.Uid!, IdTokenUid.Key(row.Uid!), row.Type ?? "ISO14443", row.BadgeStatus ?? "accepted", row.VisualNumber, row.Group, row.ValidFrom, row.ValidUntil, row.Note, driver)
            : found with
            {
                Type = row.Type ?? found.Type, Status = row.BadgeStatus ?? found.Status, VisualNumber = row.VisualNumber ?? found.VisualNumber, GroupId = row.Group ?? found.GroupId,
                ValidFrom = row.ValidFrom ?? found.ValidFrom, ValidUntil = row.ValidUntil ?? found.ValidUntil, Note = row.Note ?? found.Note, DriverId = driver ?? found.DriverId,
            };
        return new RowChange<BadgeState>(found is null ? RowEffect.Created : found == after ? RowEffect.Same : RowEffect.Changed, found, after);
    }
}
