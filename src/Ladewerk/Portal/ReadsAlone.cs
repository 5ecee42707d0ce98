using Ladewerk.Kernel;
using Microsoft.AspNetCore.Components;

namespace Ladewerk.Portal;

/// <summary>
/// A part of a page that reads by itself. The parts of one page are made at the same time, and a <see cref="LadewerkDb"/> answers one
/// question at a time: so each such part has its own.
/// </summary>
public abstract class ReadsAlone : ComponentBase, IAsyncDisposable
{
    private AsyncServiceScope? scope;

    [Inject]
    private IServiceScopeFactory Scopes { get; set; } = null!;

    [Inject]
    private TenantContext Tenant { get; set; } = null!;

    /// <summary>The model, for reading as the page's tenant.</summary>
    protected LadewerkDb Db => Own<LadewerkDb>();

    /// <summary>A service of this part's own scope.</summary>
    protected T Own<T>()
        where T : notnull
    {
        if (scope is not { } own)
        {
            scope = own = Scopes.CreateAsyncScope();
            own.ServiceProvider.GetRequiredService<TenantContext>().Use(Tenant.Current);
        }

        return own.ServiceProvider.GetRequiredService<T>();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (scope is { } own)
        {
            scope = null;
            await own.DisposeAsync();
        }
    }
}
