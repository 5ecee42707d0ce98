using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing;

internal sealed class BillingModel :
    IEntityTypeConfiguration<ChargeDetailRecord>, IEntityTypeConfiguration<Invoice>, IEntityTypeConfiguration<InvoiceLine>,
    IEntityTypeConfiguration<InvoiceDocument>, IEntityTypeConfiguration<InvoiceRun>
{
    public void Configure(EntityTypeBuilder<ChargeDetailRecord> builder)
    {
        builder.Property(r => r.Kind).HasName();
        builder.Property(r => r.Billing).HasName();
        builder.Property(r => r.Place).HasJson();
        builder.Property(r => r.Cost).HasColumnType("jsonb").HasConversion(
            cost => JsonSerializer.Serialize(cost, TariffJson.Options),
            text => JsonSerializer.Deserialize<Cost>(text, TariffJson.Options)!);
    }

    public void Configure(EntityTypeBuilder<Invoice> builder)
    {
        builder.Property(i => i.Kind).HasName();
        builder.Property(i => i.State).HasName();
        builder.Property(i => i.DocumentState).HasName();
        builder.Property(i => i.VatLines).HasJson();
        builder.Property(i => i.Preceding).HasJson();
        builder.Property(i => i.Notes).HasJson();
        builder.Property(i => i.Collecting).HasJson();
        builder.Property(i => i.Supplier).HasJson();
        builder.Property(i => i.Customer).HasJson();
        builder.HasMany(i => i.Lines).WithOne().HasForeignKey(l => l.InvoiceId);
    }

    public void Configure(EntityTypeBuilder<InvoiceLine> builder) => builder.HasKey(l => new { l.InvoiceId, l.Position, l.Item });

    public void Configure(EntityTypeBuilder<InvoiceDocument> builder) => builder.HasKey(d => new { d.InvoiceId, d.Format });

    public void Configure(EntityTypeBuilder<InvoiceRun> builder)
    {
        builder.Property(r => r.State).HasName();
        builder.Property(r => r.Skipped).HasJson();
    }
}
