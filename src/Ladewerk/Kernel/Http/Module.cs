namespace Ladewerk.Kernel.Http;

/// <summary>
/// The parts of the product that the platform gives to an operator or not, each named once. A module that is off has no navigation, no pages and no
/// routes; its work in the background goes on, so that nothing is lost for the day on which it is on again, and charging asks for no module.
/// </summary>
public static class Module
{
    /// <summary>What everybody has.</summary>
    public const string Base = "base";
    public const string Billing = "billing";
    public const string Roaming = "roaming";
    public const string SmartCharging = "smartCharging";
    public const string Energy = "energy";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Base, Billing, Roaming, SmartCharging, Energy];

    /// <summary>Lets only callers in whose operator has the module; a page says it with <see cref="OfModuleAttribute"/>.</summary>
    public static TBuilder OfModule<TBuilder>(this TBuilder endpoint, string module)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new OfModuleAttribute(module));
}

/// <summary>A page or route that belongs to a module, see <see cref="Module"/>.</summary>
/// <param name="module">Its name.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OfModuleAttribute(string module) : Attribute
{
    /// <summary>The module's name.</summary>
    public string Module { get; } = module;
}
