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

    /// <summary>
    /// The serious and critical violations, each with its first nodes. Pages go on by themselves, as when a session has begun: what was asked of the page
    /// before is then lost, at times without a word, and the one that is there now is looked at.
    /// </summary>
    public static async Task<IReadOnlyList<string>> Violations(IPage page)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Look(page).WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (Exception gone) when (attempt < 4 && gone is (TimeoutException or PlaywrightException))
            {
                await page.WaitForLoadStateAsync();
            }
        }
    }

    private static async Task<IReadOnlyList<string>> Look(IPage page)
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
