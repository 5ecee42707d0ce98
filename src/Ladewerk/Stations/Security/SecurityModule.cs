namespace Ladewerk.Stations.Security;

/// <summary>Credentials, certificates and security events of stations.</summary>
internal static class SecurityModule
{
    public static void AddStationSecurity(this IServiceCollection services)
    {
        services.AddOptions<CertificatesOptions>().BindConfiguration("Certificates").PostConfigure<IConfiguration>((options, configuration) =>
        {
            if (options.KeyFile.Length == 0)
            {
                options.KeyFile = Path.Combine(configuration["Ladewerk:DataDirectory"] ?? "data", "certificates.key");
            }
        });
        services.AddHttpClient(HttpAuthority.ClientName, client => client.Timeout = TimeSpan.FromSeconds(30));
        services.AddSingleton<CredentialChanges>().AddSingleton<ClientTrust>().AddSingleton<InstalledCertificates>().AddSingleton<KeyBox>();
        services.AddSingleton<EmbeddedAuthority>().AddSingleton<IStationAuthority>(provider => provider.GetRequiredService<EmbeddedAuthority>()).AddSingleton<IStationAuthority, HttpAuthority>();
        services.AddScoped<SetAuthority>().AddScoped<IssueCertificate>().AddScoped<ReadSecurity>().AddScoped<SaveSecurity>().AddScoped<SaveCertificates>();
        services.AddSingleton<CertificateWork>();
        services.AddHostedService(provider => provider.GetRequiredService<CertificateWork>());
    }
}
