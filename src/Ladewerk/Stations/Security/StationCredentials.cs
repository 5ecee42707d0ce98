namespace Ladewerk.Stations.Security;

/// <summary>A password that was sent to a station and that the station has not shown yet.</summary>
/// <param name="Hash">See <see cref="StationPassword"/>.</param>
public sealed record PendingPassword(string Hash, DateTimeOffset At);

/// <summary>By what a station may prove who it is.</summary>
/// <param name="PasswordHash">Of the password it has shown last, or that the operator set.</param>
/// <param name="Pending">Of passwords that it may have by now, the oldest first.</param>
/// <param name="SecurityProfile">0 none, 1 Basic, 2 TLS and Basic, 3 client certificate.</param>
/// <param name="PendingProfile">A higher one that it was asked to take.</param>
/// <param name="LowestProfile">What its operator lets in at all.</param>
public sealed record StationCredentials(string? PasswordHash, IReadOnlyList<PendingPassword> Pending, int SecurityProfile, int? PendingProfile, int LowestProfile)
{
    /// <summary>Whether any password is set.</summary>
    public bool HasPassword => PasswordHash is not null || Pending.Count > 0;

    /// <summary>What must be met now.</summary>
    public int Required => Math.Max(SecurityProfile, LowestProfile);

    /// <summary>Whether a certificate may be what the station comes with.</summary>
    public bool MayUseCertificate => Required == 3 || PendingProfile == 3;

    /// <summary>The stored hash of the password that a station showed, the newest first; null where it is none of them.</summary>
    public string? Shown(byte[] presented)
    {
        for (var i = Pending.Count - 1; i >= 0; i--)
        {
            if (StationPassword.Verify(Pending[i].Hash, presented))
            {
                return Pending[i].Hash;
            }
        }

        return PasswordHash is not null && StationPassword.Verify(PasswordHash, presented) ? PasswordHash : null;
    }
}
