using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Kernel;

/// <summary>
/// The model of all capabilities on PostgreSQL. Each capability brings its own <see cref="IEntityTypeConfiguration{T}"/> beside its entities;
/// tables and columns are their names in snake_case; the schema itself is made by Migrations/*.sql.
/// Rows of <see cref="ITenantOwned"/> types are filtered by the scope's tenant, and a new row of another tenant is refused.
/// </summary>
public sealed class LadewerkDb(DbContextOptions<LadewerkDb> options, TenantContext tenant) : DbContext(options)
{
    private TenantId CurrentTenant => tenant.Current;

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        foreach (var id in typeof(LadewerkDb).Assembly.GetTypes().Where(IsTypedId))
        {
            configurationBuilder.Properties(id).HaveConversion(typeof(TypedIdColumn<>).MakeGenericType(id));
        }

        configurationBuilder.Properties<WattHours>().HaveConversion<WattHoursColumn>();
        configurationBuilder.Properties<Watts>().HaveConversion<WattsColumn>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Tenant>().Property(t => t.Profile).HasJson();
        modelBuilder.Entity<Tenant>().Property(t => t.Brand).HasJson();
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(LadewerkDb).Assembly);
        foreach (var entity in modelBuilder.Model.GetEntityTypes().Where(e => !e.IsOwned()))
        {
            entity.SetTableName(entity.GetTableName() is { } own && own != entity.ClrType.Name && own != entity.GetDefaultTableName() ? own : SnakeCase(entity.ClrType.Name));
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
            }

            if (typeof(ITenantOwned).IsAssignableFrom(entity.ClrType))
            {
                modelBuilder.Entity(entity.ClrType).HasQueryFilter(OwnedByCurrentTenant(entity.ClrType));
            }
        }
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        foreach (var entry in ChangeTracker.Entries<ITenantOwned>())
        {
            if (entry.Entity.TenantId != tenant.Current)
            {
                throw new InvalidOperationException($"A {entry.Metadata.ClrType.Name} of another tenant must not be written here.");
            }
        }

        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private LambdaExpression OwnedByCurrentTenant(Type entity)
    {
        var row = Expression.Parameter(entity);
        var owner = Expression.Property(row, nameof(ITenantOwned.TenantId));
        var current = Expression.Property(Expression.Constant(this), typeof(LadewerkDb).GetProperty(nameof(CurrentTenant), BindingFlags.NonPublic | BindingFlags.Instance)!);
        return Expression.Lambda(Expression.Equal(owner, current), row);
    }

    private static bool IsTypedId(Type type) =>
        type.IsValueType && type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ITypedId<>));

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))))
            {
                snake.Append('_');
            }

            snake.Append(char.ToLowerInvariant(name[i]));
        }

        return snake.ToString();
    }
}
