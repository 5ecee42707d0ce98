using System.Text.Json;
using Ladewerk.Stations.Portal;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Ladewerk.Tests.Stations;

/// <summary>What a form means. A limit that cannot be read must not become "no limit", which would lift the one in force.</summary>
public sealed class CommandFormTests
{
    [Theory]
    [InlineData("maxA", "16", "maxA", "16")]
    [InlineData("maxA", "12.5", "maxA", "12.5")]
    [InlineData("maxKw", "11", "maxW", "11000")]
    [InlineData("maxA", "12,5", "maxA", "\"12,5\"")]
    [InlineData("maxKw", "a lot", "maxW", "\"a lot\"")]
    [InlineData("other", "16", "maxA", "\"\"")]
    public void A_limit_is_read_or_refused(string field, string value, string member, string expected)
    {
        var (name, body) = Read(new() { ["command"] = "limit", [field] = value });

        name.ShouldBe("limit");
        body.GetProperty(member).GetRawText().ShouldBe(expected);
    }

    [Fact]
    public void Only_lifting_lifts() =>
        Read(new() { ["command"] = "limit", ["lift"] = "true", ["maxA"] = "16" }).Body.EnumerateObject().ShouldBeEmpty();

    private static (string Name, JsonElement Body) Read(Dictionary<string, StringValues> form) => CommandForm.Read(new FormCollection(form), TimeZoneInfo.Utc);
}
