using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Ladewerk.EndToEnd;

/// <summary>
/// Axe on the page as it stands. Its script is put in once and called directly: the package's own way opens a second page for every result,
/// which takes most of a walk's time.
/// </summary>
internal static class Axe
{
    // What a single blocked resource, script or style would say.
    private static readonly string[] Grave = ["critical", "serious"];

    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    /// <summary>The serious and critical violations, each with its first nodes.</summary>
    public static async Task<IReadOnlyList<string>> Violations(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
        {
            await page.EvaluateAsync(Script);
        }

        var found = await page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.map(v => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)) }))");
        return
        [
            .. found.EnumerateArray().Where(v => Grave.Contains(v.GetProperty("impact").GetString()))
                .Select(v => $"{v.GetProperty("id")}, {v.GetProperty("help")}: {string.Join(" | ", v.GetProperty("nodes").EnumerateArray())}"),
        ];
    }
}
