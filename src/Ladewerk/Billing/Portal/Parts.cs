namespace Ladewerk.Billing.Portal;

/// <summary>Something that a capability shows below the form of a billing account; registered like a navigation entry.</summary>
/// <param name="Order">Order on the page.</param>
/// <param name="Component">With the parameter <c>Account</c> (an id); reads by itself.</param>
/// <param name="Permission">Who may see it.</param>
public sealed record AccountPart(int Order, Type Component, string Permission);

/// <summary>Something that a capability shows on the page of an invoice; registered like a navigation entry.</summary>
/// <param name="Component">With the parameter <c>Invoice</c> (an id); reads by itself.</param>
/// <inheritdoc cref="AccountPart"/>
public sealed record InvoicePart(int Order, Type Component, string Permission);
