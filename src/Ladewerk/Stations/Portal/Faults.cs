using Ladewerk.Kernel.Text;

namespace Ladewerk.Stations.Portal;

/// <summary>Faults of the API, which speaks English, in the reader's language.</summary>
internal static class Faults
{
    /// <summary>The text for a field's fault; the API's own where there is none of ours.</summary>
    public static string Say(Texts texts, string field, string fault)
    {
        if (fault.StartsWith(StationCsv.PlanFault, StringComparison.Ordinal))
        {
            return texts["stations.planLimit", fault[StationCsv.PlanFault.Length..].Trim(' ', '.')];
        }

        var key = fault switch
        {
            "No such site." => "stations.fault.site",
            "There already is a station of this id." => "stations.fault.taken",
            "Not a number." => "stations.fault.number",
            "No such column." => "stations.fault.column",
            "Each number once." => "stations.fault.once",
            _ when fault.StartsWith("The first line names the columns", StringComparison.Ordinal) => "stations.fault.header",
            _ => field switch
            {
                "id" => "stations.fault.id",
                "password" => "stations.fault.password",
                "name" => "stations.fault.name",
                "idToken" => "stations.fault.idToken",
                "location" => "stations.fault.location",
                _ => null,
            },
        };
        return key is null ? fault : texts[key];
    }
}
