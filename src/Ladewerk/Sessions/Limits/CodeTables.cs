using Ladewerk.Kernel;
using NpgsqlTypes;

namespace Ladewerk.Sessions.Limits;

/// <summary>What the hot path writes of codes.</summary>
internal static class CodeTables
{
    private static readonly RowTable<Started> Rows = new(
        "code_use",
        """
        update code_use u set session_id = n.session_id from unnest($1, $2) as n (use_id, session_id) where u.id = n.use_id and u.session_id is null
        """,
        Column<Started>.Of(NpgsqlDbType.Uuid, s => s.UseId),
        Column<Started>.Of(NpgsqlDbType.Uuid, s => s.SessionId));

    /// <summary>The start that a voucher was redeemed for has been made.</summary>
    public static void Start(Authorisation authorisation, RunningSession session, Change change)
    {
        if (authorisation is { IsAccepted: true, Token.Code: { Pays: true } code })
        {
            change.Add(Rows, new Started(code.UseId, session.Id.Value));
        }
    }

    private sealed record Started(Guid UseId, Guid SessionId);
}
