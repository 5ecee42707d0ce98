using System.Text;
using Microsoft.AspNetCore.Identity;

namespace Ladewerk.Access;

/// <summary>Why a password is not taken.</summary>
public enum PasswordFault
{
    /// <summary>Fewer characters than the role needs.</summary>
    TooShort,

    /// <summary>Longer than anybody types: hashing it would cost more than it protects.</summary>
    TooLong,

    /// <summary>Among the first that a guesser tries.</summary>
    Common,

    /// <summary>Hardly more than the person's own name or e-mail.</summary>
    Personal,
}

/// <summary>
/// Which passwords are taken: long ones that are not easily guessed, whatever they are made of (NIST SP 800-63B §5.1.1.2: a minimum length, a list
/// of common and of expected words, no rules of composition).
/// </summary>
internal static class PasswordRules
{
    /// <summary>Characters that an operator's password has at least.</summary>
    public const int ForOperators = 12;

    /// <summary>Characters that a driver's password has at least.</summary>
    public const int ForDrivers = 10;

    private const int Longest = 256, EnoughBesides = 6;

    private static readonly string[] Rows =
        ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertzuiopü", "qwertyuiop", "asdfghjklöä", "yxcvbnm", "zxcvbnm", "1qay2wsx3edc4rfv5tgb6zhn7ujm8ik9ol0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"];

    /// <summary>The least number of characters for a role.</summary>
    public static int Least(Role role) => role == Role.Driver ? ForDrivers : ForOperators;

    /// <summary>What is wrong with a password; null where it may be taken.</summary>
    /// <param name="common">The words that everybody takes, in small letters.</param>
    /// <param name="own">Name and e-mail of the person.</param>
    public static PasswordFault? Check(string password, int least, IReadOnlySet<string> common, params ReadOnlySpan<string> own)
    {
        var length = password.EnumerateRunes().Count();
        if (length < least)
        {
            return PasswordFault.TooShort;
        }

        if (length > Longest)
        {
            return PasswordFault.TooLong;
        }

        var plain = Plain(password);
        if (Besides(plain, Words(own)) < EnoughBesides)
        {
            return PasswordFault.Personal;
        }

        var small = password.ToLowerInvariant();
        return common.Contains(small) || common.Contains(plain) || common.Contains(Core(small)) || IsRepetition(small) || IsWalk(small) ? PasswordFault.Common : null;
    }

    /// <summary>Small letters, and letters for the figures that stand in for them: P4ssw0rd is password.</summary>
    private static string Plain(string password)
    {
        var plain = new StringBuilder(password.Length);
        foreach (var c in password.ToLowerInvariant())
        {
            plain.Append(c switch { '0' => 'o', '1' or '!' => 'i', '3' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' => 't', _ => c });
        }

        return plain.ToString();
    }

    // Without what people hang on at the ends to please rules: P4ssw0rd2026!! is password.
    private static string Core(string small) => Plain(small.Trim([.. "0123456789.,-_#+*?!$@&%/ "]));

    private static IEnumerable<string> Words(ReadOnlySpan<string> own)
    {
        var words = new List<string> { "ladewerk" };
        foreach (var text in own)
        {
            words.AddRange(text.ToLowerInvariant().Split([' ', '.', '@', '-', '_', '+', ','], StringSplitOptions.RemoveEmptyEntries).Where(w => w.Length >= 4).Select(Plain));
        }

        return words.OrderByDescending(w => w.Length);
    }

    private static int Besides(string plain, IEnumerable<string> words)
    {
        foreach (var word in words)
        {
            plain = plain.Replace(word, "", StringComparison.Ordinal);
        }

        return plain.Count(c => !char.IsWhiteSpace(c) && !char.IsPunctuation(c));
    }

    private static bool IsRepetition(string text) =>
        Enumerable.Range(1, Math.Min(4, text.Length / 2)).Any(unit => Enumerable.Range(unit, text.Length - unit).All(i => text[i] == text[i - unit]));

    // Mostly neighbours on the keyboard, in the alphabet or among the figures, either way.
    private static bool IsWalk(string text)
    {
        var steps = text.Zip(text.Skip(1)).Count(pair => pair.First == pair.Second || Rows.Any(row => AreNeighbours(row, pair.First, pair.Second)));
        return steps >= (text.Length - 1) * 0.8;
    }

    private static bool AreNeighbours(string row, char a, char b) =>
        row.IndexOf(a, StringComparison.Ordinal) is >= 0 and var i && ((i + 1 < row.Length && row[i + 1] == b) || (i > 0 && row[i - 1] == b));
}

/// <summary>Holds every new password of an account against <see cref="PasswordRules"/>.</summary>
internal sealed class PasswordCheck(CommonPasswords common) : IPasswordValidator<Account>
{
    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password) =>
        Task.FromResult(Check(password ?? "", user.Role, user.Email ?? "", user.DisplayName) is { } fault ? IdentityResult.Failed(Say(fault, user.Role)) : IdentityResult.Success);

    /// <summary>What is wrong with a password of such a person; null where it may be taken.</summary>
    public PasswordFault? Check(string password, Role role, string email, string name) =>
        PasswordRules.Check(password, PasswordRules.Least(role), common.Words, email, name);

    /// <summary>The fault as the API says it; its code has a text <c>access.fault.{code}</c>.</summary>
    public static IdentityError Say(PasswordFault fault, Role role) => new()
    {
        Code = "Password" + fault,
        Description = fault switch
        {
            PasswordFault.TooShort => $"Passwords must be at least {PasswordRules.Least(role)} characters.",
            PasswordFault.TooLong => "Passwords must be at most 256 characters.",
            PasswordFault.Common => "Passwords must be other than what many people use.",
            PasswordFault.Personal => "Passwords must be more than the own name or e-mail.",
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such fault."),
        },
    };
}

/// <summary>Words that many people use for passwords: a few of our own, and the longer list that is bundled with the pages.</summary>
internal sealed class CommonPasswords(IWebHostEnvironment environment)
{
    private static readonly string[] Own =
    [
        "password", "passwort", "kennwort", "geheim", "geheimnis", "hallo", "willkommen", "welcome", "letmein", "admin", "administrator", "changeme", "iloveyou", "ichliebedich",
        "sommer", "winter", "frühling", "herbst", "summer", "spring", "autumn", "schatz", "fussball", "football", "sonnenschein", "sunshine", "deutschland", "germany", "elektroauto",
        "ladesäule", "ladestation", "wallbox", "charging", "tesla", "volkswagen", "passwordpassword", "passwortpasswort", "correcthorsebatterystaple", "correct horse battery staple",
    ];

    private readonly Lazy<HashSet<string>> words = new(() => Load(environment));

    /// <summary>In small letters.</summary>
    public IReadOnlySet<string> Words => words.Value;

    private static HashSet<string> Load(IWebHostEnvironment environment)
    {
        var all = new HashSet<string>(Own, StringComparer.Ordinal);
        var file = environment.WebRootFileProvider.GetFileInfo("dist/common-passwords.txt");
        if (file.Exists)
        {
            using var reader = new StreamReader(file.CreateReadStream());
            while (reader.ReadLine() is { Length: > 0 } line)
            {
                all.Add(line);
            }
        }

        return all;
    }
}
