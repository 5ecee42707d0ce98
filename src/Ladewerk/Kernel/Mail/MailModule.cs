using Microsoft.Extensions.Options;

namespace Ladewerk.Kernel.Mail;

/// <summary>Queue, template and sender of mails.</summary>
internal static class MailModule
{
    public static IServiceCollection AddMail(this IServiceCollection services)
    {
        services.AddOptions<MailOptions>().BindConfiguration("Smtp")
            .Validate(o => o.IsValid, "Smtp: with a Host there must be a From address, a Port, and Parallel and MaxAttempts above 0.").ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<MailOptions>>().Value);
        services.AddSingleton<MailState>().AddSingleton<MailBox>().AddSingleton<SmtpTransport>();
        services.AddScoped<MailQueue>();
        services.AddHostedService<MailSender>();
        return services;
    }
}
