namespace Ladewerk.Drivers.Badges;

/// <summary>Orders, batches and groups of badges.</summary>
internal static class BadgesModule
{
    public static IServiceCollection AddBadges(this IServiceCollection services) =>
        services.AddScoped<OrderBadge>().AddScoped<SendBadge>().AddScoped<FindBadgeOrders>().AddScoped<SaveBadgeOrderRules>().AddScoped<BadgeBatches>().AddScoped<FindBatches>().AddScoped<BadgeGroups>();
}
