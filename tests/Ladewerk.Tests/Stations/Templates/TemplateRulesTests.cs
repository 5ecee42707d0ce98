using Ladewerk.Stations;
using Ladewerk.Stations.Templates;

namespace Ladewerk.Tests.Stations.Templates;

/// <summary>Comparing, choosing, and telling a boot loop.</summary>
public sealed class TemplateRulesTests
{
    [Theory]
    [InlineData("60", "60", true)]
    [InlineData("60", " 060 ", true)]
    [InlineData("60", "61", false)]
    [InlineData("true", "TRUE", true)]
    [InlineData("Energy.Active.Import.Register,Current.Import", "Current.Import, Energy.Active.Import.Register", true)]
    [InlineData("Energy.Active.Import.Register,Current.Import", "\"Energy.Active.Import.Register,Current.Import\"", true)]
    [InlineData("Energy.Active.Import.Register,Current.Import", "Energy.Active.Import.Register", false)]
    [InlineData("a,b", "b;a", false)]
    [InlineData("", null, true)]
    [InlineData("x", null, false)]
    public void Values_are_compared_by_what_they_mean(string wanted, string? actual, bool same) => ConfigurationComparison.Same(wanted, actual).ShouldBe(same);

    [Fact]
    public void Keys_are_found_in_any_case_and_told_apart_by_what_can_be_done()
    {
        StationKey[] told = [new("heartbeatinterval", "300"), new("NumberOfConnectors", "2", Readonly: true)];
        WantedKey[] wanted = [new("HeartbeatInterval", "300"), new("NumberOfConnectors", "1"), new("WebSocketPingInterval", "60"), new("heartbeatInterval", "60"), new("AuthorizationKey", "x")];

        var compared = ConfigurationComparison.Compare(wanted, told, complete: true);

        compared.Select(c => c.Verdict).ShouldBe([KeyVerdict.Same, KeyVerdict.Fixed, KeyVerdict.Missing, KeyVerdict.Differs, KeyVerdict.Secret]);
        compared[0].Name.ShouldBe("heartbeatinterval"); // as the station writes it
        compared[4].Wanted.ShouldBe("(hidden)");
        ConfigurationComparison.Compare(wanted, [], complete: false)[0].Verdict.ShouldBe(KeyVerdict.Unknown);
    }

    [Fact]
    public void The_template_that_says_most_holds_unless_a_person_chose_one()
    {
        StationTemplate[] templates =
        [
            new("all", "All", new TemplateMatch("*", ["*"])),
            new("alfen", "Alfen", new TemplateMatch("Alfen*", ["*"])),
            new("alfen-single", "Alfen Single", new TemplateMatch("alfen*", ["NG910*", "*Single*"])),
            new("alfen-single-6", "Alfen Single 6", new TemplateMatch("Alfen*", ["NG910*"], "6.*")),
        ];

        TemplateChoice.Of(templates, null, "Alfen BV", "NG910-60023", "5.1")!.Key.ShouldBe("alfen-single");
        TemplateChoice.Of(templates, null, "Alfen BV", "NG910-60023", "6.4.0")!.Key.ShouldBe("alfen-single-6");
        TemplateChoice.Of(templates, null, "Alfen BV", "NG920", null)!.Key.ShouldBe("alfen");
        TemplateChoice.Of(templates, null, "KEBA", "P30", null)!.Key.ShouldBe("all");
        TemplateChoice.Of(templates, "alfen", "KEBA", "P30", null)!.Key.ShouldBe("alfen");
        TemplateChoice.Of(templates[1..], null, "KEBA", "P30", null).ShouldBeNull();
    }

    [Fact]
    public void Several_boots_soon_after_writing_are_a_loop_and_those_before_or_much_later_are_none()
    {
        var at = new DateTimeOffset(2026, 5, 4, 3, 0, 0, TimeSpan.Zero);

        BootLoop.IsLoop(at, [at.AddMinutes(1), at.AddMinutes(3), at.AddMinutes(5)]).ShouldBeTrue();
        BootLoop.IsLoop(at, [at.AddMinutes(1), at.AddMinutes(3)]).ShouldBeFalse();
        BootLoop.IsLoop(at, [at.AddMinutes(-9), at.AddMinutes(-5), at.AddMinutes(3)]).ShouldBeFalse();
        BootLoop.IsLoop(at, [at.AddMinutes(1), at.AddHours(1), at.AddHours(2)]).ShouldBeFalse();
        BootLoop.IsLoop(null, [at, at.AddMinutes(1), at.AddMinutes(2)]).ShouldBeFalse();
    }

    [Fact]
    public void What_is_shipped_is_whole_and_each_model_is_found()
    {
        ShippedTemplates.All.Count.ShouldBeGreaterThanOrEqualTo(12);
        ShippedTemplates.All.Select(t => t.Key).Distinct().Count().ShouldBe(ShippedTemplates.All.Count);
        ShippedTemplates.All.ShouldContain(t => t.Data!.CurrentType == "DC");
        foreach (var (vendor, model, key) in new[]
        {
            ("Alfen BV", "NG910-60023", "alfen-eve-single"), ("KEBA AG", "KC-P30-EC240122", "keba-p30-x"), ("MENNEKES", "AMTRON Professional+ 22", "mennekes-amtron-professional"),
            ("ABB", "TAC-W22-T-R-0", "abb-terra-ac-22"), ("alpitronic GmbH", "HYC_300", "alpitronic-hyc-300"), ("Schneider Electric", "EVB3S22N40", "schneider-evlink-pro-ac-22"),
        })
        {
            TemplateChoice.Of(ShippedTemplates.All, null, vendor, model, null)?.Key.ShouldBe(key);
        }
    }
}
