namespace Ladewerk.Sessions.Reservations;

/// <summary>Reservations of EVSEs.</summary>
internal static class ReservationsModule
{
    public static IServiceCollection AddReservations(this IServiceCollection services)
    {
        services.AddOptions<ReservationsOptions>().BindConfiguration("Reservations")
            .Validate(o => o.Poll > TimeSpan.Zero && o.Retry > TimeSpan.Zero && o.Settle >= TimeSpan.Zero && o.LongestHold > TimeSpan.Zero)
            .ValidateOnStart();
        services.AddSingleton<ReservationBoard>().AddHostedService(provider => provider.GetRequiredService<ReservationBoard>());
        services.AddSingleton<UseReservation>();
        services.AddScoped<MakeReservation>().AddScoped<ReleaseReservation>().AddScoped<DeliverReservation>().AddScoped<FindReservations>();
        return services.AddHostedService<ReservationWorker>();
    }
}
