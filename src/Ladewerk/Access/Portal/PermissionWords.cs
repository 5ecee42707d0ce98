using Ladewerk.Kernel.Text;

namespace Ladewerk.Access.Portal;

/// <summary>What permissions allow, in the reader's language.</summary>
internal static class PermissionWords
{
    /// <summary>A permission in words; one without words by its name.</summary>
    public static string Of(string permission) => Word("access.permission." + permission, permission);

    /// <summary>What the permissions of a group are about.</summary>
    public static string About(string group) => Word("access.permission.about." + group, group);

    private static string Word(string key, string otherwise) => Texts.Has(key) ? Texts.In(Texts.Language, key) : otherwise;
}
