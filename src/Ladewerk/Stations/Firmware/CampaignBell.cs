using Ladewerk.Kernel;

namespace Ladewerk.Stations.Firmware;

/// <summary>Wakes the planner of campaigns before its time.</summary>
internal sealed class CampaignBell : Bell;
