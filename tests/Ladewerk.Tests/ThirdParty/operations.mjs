// Charges once with ocpp-rpc in strict mode, then answers every operation that a central system may ask for, until its input ends.
// node operations.mjs ENDPOINT IDENTITY PASSWORD|- IDTAG [CA-FILE [CERTIFICATE-FILE KEY-FILE]]
import { readFileSync } from "node:fs";
import { RPCClient } from "ocpp-rpc";

const [endpoint, identity, password, idTag, ca, cert, key] = process.argv.slice(2);
const file = (path) => (path ? readFileSync(path) : undefined);
const client = new RPCClient({
  endpoint,
  identity,
  password: password === "-" ? undefined : password,
  protocols: ["ocpp1.6"],
  strictMode: true,
  reconnect: false,
  wsOpts: { ca: file(ca), cert: file(cert), key: file(key) },
});
client.on("strictValidationFailure", ({ error }) => {
  console.error(error);
  process.exit(2);
});

const accepted = { status: "Accepted" };
const hash = { hashAlgorithm: "SHA256", issuerNameHash: "aa11", issuerKeyHash: "bb22", serialNumber: "01" };
const answers = {
  CancelReservation: accepted,
  CertificateSigned: accepted,
  ChangeAvailability: accepted,
  ChangeConfiguration: accepted,
  ClearCache: accepted,
  ClearChargingProfile: accepted,
  DataTransfer: accepted,
  DeleteCertificate: accepted,
  ExtendedTriggerMessage: accepted,
  GetCompositeSchedule: accepted,
  GetConfiguration: { configurationKey: [{ key: "HeartbeatInterval", readonly: false, value: "300" }] },
  GetDiagnostics: { fileName: "diagnostics.zip" },
  GetInstalledCertificateIds: { status: "Accepted", certificateHashData: [hash] },
  GetLocalListVersion: { listVersion: 7 },
  GetLog: { status: "Accepted", filename: "security.log" },
  InstallCertificate: accepted,
  RemoteStartTransaction: accepted,
  RemoteStopTransaction: accepted,
  ReserveNow: accepted,
  Reset: accepted,
  SendLocalList: accepted,
  SetChargingProfile: accepted,
  SignedUpdateFirmware: accepted,
  TriggerMessage: accepted,
  UnlockConnector: { status: "Unlocked" },
  UpdateFirmware: {},
};
const asked = [];
for (const [action, answer] of Object.entries(answers)) {
  client.handle(action, () => {
    asked.push(action);
    return answer;
  });
}

try {
  await client.connect();
} catch (refused) {
  console.log(JSON.stringify({ refused: refused.code ?? refused.message }));
  process.exit(0);
}

const from = new Date(Date.now() - 3600_000).toISOString();
await client.call("BootNotification", { chargePointVendor: "Third", chargePointModel: "Party" });
await client.call("StatusNotification", { connectorId: 1, status: "Available", errorCode: "NoError" });
await client.call("SecurityEventNotification", { type: "StartupOfTheDevice", timestamp: from });
await client.call("Authorize", { idTag });
const { transactionId } = await client.call("StartTransaction", { connectorId: 1, idTag, meterStart: 100, timestamp: from });
await client.call("MeterValues", { connectorId: 1, transactionId, meterValue: [{ timestamp: from, sampledValue: [{ value: "150" }] }] });
await client.call("StopTransaction", { transactionId, idTag, meterStop: 1100, timestamp: new Date().toISOString(), reason: "Local" });
await client.call("LogStatusNotification", { status: "Idle" });
await client.call("SignedFirmwareStatusNotification", { status: "Idle" });
console.log(JSON.stringify({ ready: true }));

for await (const _ of process.stdin);
console.log(JSON.stringify({ asked }));
await client.close();
