using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Drivers.Contracts.Portal;

/// <summary>A row of the form for a window; empty times: none.</summary>
public sealed record WindowFields(IReadOnlyList<string> Days, string From, string To);

/// <summary>What stands in the form of a contract, as text.</summary>
public sealed record ContractFields
{
    private static readonly string[] Names =
        ["name", "number", "kind", "status", "billingAccountId", "tariffId", "tariffGroup", "costCentre", "validFrom", "validUntil", "reimbursement", "emaid", "note", "holidays", "region", "energyKwh", "money", "sessions",
            "concurrent", "whenWindowEnds", "whenBudgetEnds", "drivers"];

    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Sites { get; init; } = [];
    public IReadOnlyList<WindowFields> Windows { get; init; } = [];
    public bool ChargesOffline { get; init; }
    public string Drivers => this["drivers"];

    public string this[string name] => texts.GetValueOrDefault(name, "");

    internal static ContractFields Of(IFormCollection form)
    {
        var fields = new ContractFields
        {
            Sites = [.. form["sites"].OfType<string>()],
            ChargesOffline = form["chargesOffline"] == "true",
            Windows = [.. Enumerable.Range(0, ContractsPortal.WindowRows).Select(i => new WindowFields([.. form[$"days{i}"].OfType<string>()], form[$"from{i}"].ToString(), form[$"to{i}"].ToString()))],
        };
        foreach (var name in Names)
        {
            fields.texts[name] = form[name].ToString().Trim();
        }

        return fields;
    }

    internal static ContractFields Of(ContractView c, IReadOnlyList<Driver> drivers, TimeZoneInfo zone)
    {
        var terms = c.Terms;
        var fields = new ContractFields
        {
            Sites = [.. c.Sites.Select(s => s.ToString())],
            ChargesOffline = terms.ChargesOffline,
            Windows = [.. terms.Windows.Select(w => new WindowFields([.. w.Days.Select(ContractsPortal.Name)], Clock(w.From), Clock(w.To)))],
        };
        var t = fields.texts;
        (t["name"], t["number"], t["kind"], t["status"]) = (c.Name, c.Number, ContractsPortal.Name(c.Kind), ContractsPortal.Name(c.Status));
        (t["billingAccountId"], t["tariffId"], t["tariffGroup"]) = (c.BillingAccountId?.Value.ToString() ?? "", c.TariffId?.ToString() ?? "", c.TariffGroup ?? "");
        (t["costCentre"], t["emaid"], t["note"]) = (c.CostCentre ?? "", c.Emaid ?? "", c.Note ?? "");
        (t["validFrom"], t["validUntil"]) = (Day(c.ValidFrom, zone), Day(c.ValidUntil?.AddTicks(-1), zone));
        t["reimbursement"] = Number(c.ReimbursementPerKwh);
        (t["holidays"], t["region"]) = (terms.Holidays is { } h ? ContractsPortal.Name(h.Rule) : "", terms.Holidays?.Region ?? "DE");
        (t["energyKwh"], t["money"], t["sessions"]) = (Number(terms.Budget?.EnergyWh?.Value / 1000m), Number(terms.Budget?.Money), Number(terms.Budget?.Sessions));
        t["concurrent"] = Number(terms.ConcurrentSessions);
        (t["whenWindowEnds"], t["whenBudgetEnds"]) = (ContractsPortal.Name(terms.WhenWindowEnds), ContractsPortal.Name(terms.WhenBudgetEnds));
        t["drivers"] = string.Join("\n", drivers.Select(d => d.Email ?? d.Name));
        return fields;
    }

    internal ContractWish Wish(IReadOnlyList<DriverId> drivers, TimeZoneInfo zone, Faults faults) => new(
        this["name"], Blank("number"), Named<ContractKind>.TryParse(this["kind"], null, out var kind) ? kind.Value : ContractKind.Private,
        Named<ContractStatus>.TryParse(this["status"], null, out var status) ? status.Value : ContractStatus.Active, Blank("emaid"), Id("billingAccountId") is { } payer ? new BillingAccountId(payer) : null,
        Id("tariffId"), Blank("tariffGroup"), Blank("costCentre"), From("validFrom", zone, 0, faults), From("validUntil", zone, 1, faults),
        [.. Sites.Select(s => Guid.TryParse(s, out var id) ? id : Guid.Empty)], Terms(faults), Decimal("reimbursement", faults, "reimbursementPerKwh"), Blank("note"), drivers);

    private ContractTerms Terms(Faults faults)
    {
        var energy = Decimal("energyKwh", faults, "terms.budget");
        var money = Decimal("money", faults, "terms.budget");
        var sessions = Decimal("sessions", faults, "terms.budget");
        return new ContractTerms
        {
            Windows = [.. Windows.Where(w => w.From.Length > 0 || w.To.Length > 0).Select(w => Window(w, faults))],
            Holidays = Named<HolidayRule>.TryParse(this["holidays"], null, out var rule) ? new HolidayTerms(this["region"], rule.Value) : null,
            Budget = energy is null && money is null && sessions is null ? null : new MonthlyBudget(energy is { } kwh ? WattHours.Round(kwh * 1000) : null, money, (int?)sessions),
            ConcurrentSessions = (int)Math.Clamp(Decimal("concurrent", faults, "terms.concurrentSessions") ?? 0, -1, 1_000_000),
            WhenWindowEnds = Named<WindowEnd>.TryParse(this["whenWindowEnds"], null, out var end) ? end.Value : WindowEnd.LetFinish,
            WhenBudgetEnds = Named<BudgetEnd>.TryParse(this["whenBudgetEnds"], null, out var spent) ? spent.Value : BudgetEnd.LetFinish,
            ChargesOffline = ChargesOffline,
        };
    }

    private static ChargeWindow Window(WindowFields fields, Faults faults)
    {
        var valid = TimeOnly.TryParse(fields.From, CultureInfo.InvariantCulture, out var from) & TimeOnly.TryParse(fields.To, CultureInfo.InvariantCulture, out var to);
        faults.Unless(valid, "terms.windows", "Not a time.");
        return new ChargeWindow([.. fields.Days.Select(d => Enum.TryParse<DayOfWeek>(d, ignoreCase: true, out var day) ? day : DayOfWeek.Monday).Distinct()], from, to);
    }

    private decimal? Decimal(string name, Faults faults, string field)
    {
        if (this[name].Length == 0)
        {
            return null;
        }

        var read = decimal.TryParse(this[name].Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < 1_000_000_000;
        faults.Unless(read, field, "Not a number.");
        return read ? number : null;
    }

    /// <summary>The start of a day in the operator's zone, or of the one after.</summary>
    private DateTimeOffset? From(string name, TimeZoneInfo zone, int after, Faults faults)
    {
        if (this[name].Length == 0)
        {
            return null;
        }

        if (!DateOnly.TryParse(this[name], CultureInfo.InvariantCulture, out var day))
        {
            faults.Add(name, "Not a date.");
            return null;
        }

        var local = day.AddDays(after).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }

    private string? Blank(string name) => this[name] is { Length: > 0 } text ? text : null;

    private Guid? Id(string name) => Guid.TryParse(this[name], out var id) ? id : null;

    private static string Clock(TimeOnly time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset? at, TimeZoneInfo zone) => at is { } moment ? TimeZoneInfo.ConvertTime(moment, zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "";

    private static string Number(decimal? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
