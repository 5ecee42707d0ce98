using Ladewerk.Kernel;

namespace Ladewerk.Drivers.Contracts;

/// <summary>A contract has used most of its budget of a month; told once a month.</summary>
/// <param name="Share">1 is all of it.</param>
/// <param name="Month">Its first day, local to the site of the session that got there.</param>
public sealed record ContractBudgetWarning(ContractId ContractId, decimal Share, DateOnly Month) : IEvent
{
    public static string Type => "contractBudgetWarning";
}
