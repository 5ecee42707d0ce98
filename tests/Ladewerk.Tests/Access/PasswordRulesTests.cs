using Ladewerk.Access;

namespace Ladewerk.Tests.Access;

/// <summary>Which passwords are taken.</summary>
public sealed class PasswordRulesTests
{
    private static readonly HashSet<string> Common = new(StringComparer.Ordinal) { "password", "passwort", "basketball", "sommer" };

    [Theory]
    [InlineData("short", PasswordFault.TooShort)]
    [InlineData("eleven char", PasswordFault.TooShort)]
    [InlineData("Passwort2026!", PasswordFault.Common)]
    [InlineData("P4ssw0rd2026!!", PasswordFault.Common)]
    [InlineData("2026-Sommer-2026", PasswordFault.Common)]
    [InlineData("basketball12", PasswordFault.Common)]
    [InlineData("aaaaaaaaaaaaaaa", PasswordFault.Common)]
    [InlineData("abcabcabcabcabc", PasswordFault.Common)]
    [InlineData("123456789012345", PasswordFault.Common)]
    [InlineData("qwertzuiopasdf", PasswordFault.Common)]
    [InlineData("erika.mustermann", PasswordFault.Personal)]
    [InlineData("Mustermann1984", PasswordFault.Personal)]
    [InlineData("LadewerkErika12", PasswordFault.Personal)]
    [InlineData("correct horse battery", null)]
    [InlineData("erika lädt gern bei nacht", null)]
    [InlineData("kQ7-pz2m-Lw9x", null)]
    [InlineData("🔌🔌🚗🚙🔋🌞🌧🌙⭐🌊🍀🎲", null)]
    public void Length_counts_and_what_everybody_takes_does_not(string password, PasswordFault? fault) =>
        PasswordRules.Check(password, PasswordRules.ForOperators, Common, "erika.mustermann", "Erika Mustermann").ShouldBe(fault);

    [Fact]
    public void A_driver_needs_ten_characters_and_nobody_more_than_256()
    {
        PasswordRules.Check("ten-zeich8", PasswordRules.Least(Role.Driver), Common).ShouldBeNull();
        PasswordRules.Check("ten-zeich8", PasswordRules.Least(Role.ReadOnly), Common).ShouldBe(PasswordFault.TooShort);
        PasswordRules.Check(new string([.. Enumerable.Range(0, 257).Select(i => (char)('a' + (i * 7 % 26)))]), 10, Common).ShouldBe(PasswordFault.TooLong);
    }
}
