// What the REST API answers, in our own words: the messages of the contract as closed objects, so that a
// member too many is as wrong as one too few. A rule is a function that gives a list of what is wrong
// with a value at a place.
//
//     check(OrganizationResponse, body)          throws with all that is wrong
//
// To describe a further message: `object({ member: rule, 'optional?': rule })`.
import assert from 'node:assert/strict';

const wrong = (place, what, value) => [`${place}: ${what}, not ${JSON.stringify(value)?.slice(0, 80)}`];
const when = (holds, what) => (value, place) => (holds(value) ? [] : wrong(place, what, value));

// ---- rules --------------------------------------------------------------------------------------

export const text = (min = 0, max = Infinity) => when(
  (value) => typeof value === 'string' && [...value].length >= min && [...value].length <= max,
  `a text of ${min} to ${max} characters`);
export const like = (pattern) => when(
  (value) => typeof value === 'string' && pattern.test(value), `a text like ${pattern}`);
export const oneOf = (...values) => when((value) => values.includes(value), `one of ${values}`);
export const bool = when((value) => typeof value === 'boolean', 'true or false');
export const integer = (min = -(2 ** 31), max = 2 ** 31 - 1) => when(
  (value) => Number.isInteger(value) && value >= min && value <= max, 'a whole number');
// 64 bits go as decimal texts.
export const int64 = like(/^-?(0|[1-9]\d{0,18})$/);
// RFC 3339 in UTC with a fraction.
export const time = like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/);
export const id = (prefix) => like(new RegExp(`^${prefix}_[0-9]{1,24}$`));
export const httpsUrl = like(/^https:\/\/[^\s]+$/);
export const nullable = (rule) => (value, place) => (value === null ? [] : rule(value, place));

export const list = (rule) => (value, place) => (Array.isArray(value)
  ? value.flatMap((item, i) => rule(item, `${place}[${i}]`)) : wrong(place, 'a list', value));
export const map = (rule) => (value, place) => (isObject(value)
  ? Object.entries(value).flatMap(([name, item]) => rule(item, `${place}.${name}`))
  : wrong(place, 'an object', value));

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// Members whose name ends in '?' may be absent.
export function object(members) {
  const rules = new Map(Object.entries(members).map(([name, rule]) =>
    [name.replace(/\?$/, ''), { rule, isOptional: name.endsWith('?') }]));
  return (value, place) => {
    if (!isObject(value)) return wrong(place, 'an object', value);
    const found = [];
    for (const [name, { rule, isOptional }] of rules) {
      if (name in value) found.push(...rule(value[name], `${place}.${name}`));
      else if (!isOptional) found.push(`${place}.${name}: missing`);
    }
    for (const name of Object.keys(value)) {
      if (!rules.has(name)) found.push(`${place}.${name}: unknown`);
    }
    return found;
  };
}

export function check(rule, value) {
  const found = rule(value, '$');
  assert.deepEqual(found, [], `${found.join('\n')}\nin ${JSON.stringify(value)}`);
  return value;
}

// ---- lists and errors ---------------------------------------------------------------------------

// A page of a list, by the name of its items.
export const page = (name, rule) => object({
  next_page_token: text(), prev_page_token: text(), total_size: integer(0), [name]: list(rule),
});

export const ErrorInfo = object({
  '@type': oneOf('type.googleapis.com/scalekit.v1.errdetails.ErrorInfo'),
  error_code: like(/^[A-Z_]{3,40}$/),
  'validation_error_info?': object({
    field_violations: list(object({
      field: text(1), description: text(1), constraint: like(/^[a-z_]+$/) })),
  }),
  request_info: object({ request_id: text(1) }),
});
export const ApiError = object({
  code: integer(1, 16), message: text(1), details: list(ErrorInfo),
});

export const Empty = object({});

// ---- organizations ------------------------------------------------------------------------------

export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

export const OrganizationSettings = object({
  features: list(object({ name: text(1), enabled: bool })),
});
export const Organization = object({
  id: id('org'),
  create_time: time,
  update_time: time,
  display_name: text(1, 200),
  region_code: oneOf('REGION_CODE_UNSPECIFIED', 'US', 'EU'),
  'external_id?': text(1),
  metadata: map(text(1, 256)),
  settings: OrganizationSettings,
  'slug?': like(SLUG),
  'logo_url?': httpsUrl,
});
export const OrganizationResponse = object({ organization: Organization });
export const OrganizationsResponse = page('organizations', Organization);

const unit = oneOf('MINUTES', 'HOURS', 'DAYS');
export const SessionPolicyResponse = object({
  policy: object({
    policy_source: oneOf('APPLICATION', 'CUSTOM'),
    'absolute_session_timeout?': integer(1),
    'absolute_session_timeout_unit?': unit,
    'idle_session_timeout_enabled?': bool,
    'idle_session_timeout?': integer(1),
    'idle_session_timeout_unit?': unit,
  }),
});
export const UserManagementResponse = object({
  settings: object({ max_allowed_users: nullable(integer(1)) }),
});

// ---- domains ------------------------------------------------------------------------------------

export const Domain = object({
  id: id('dom'),
  domain: text(4, 255),
  environment_id: id('env'),
  organization_id: id('org'),
  txt_record_key: text(),
  txt_record_secret: text(),
  verification_status: oneOf('PENDING', 'VERIFIED', 'FAILED', 'AUTO_VERIFIED'),
  create_time: time,
  update_time: time,
  domain_type: oneOf('ALLOWED_EMAIL_DOMAIN', 'ORGANIZATION_DOMAIN'),
  verification_method: oneOf('ADMIN', 'DNS', 'NOT_APPLICABLE'),
});
export const DomainResponse = object({ domain: Domain });
export const DomainsResponse = object({
  page_size: integer(0), page_number: integer(0), domains: list(Domain),
});
export const VerifyResponse = object({ verified: bool });

// ---- users --------------------------------------------------------------------------------------

const pairs = map(text(1, 256));
const email = like(/^[^\s@]+@[^\s@]+$/);
export const Role = object({ id: id('role'), name: oneOf('admin', 'member'), display_name: text(1) });
export const Membership = object({
  organization_id: id('org'),
  name: text(1),
  display_name: text(1),
  join_time: time,
  membership_status: oneOf('ACTIVE', 'INACTIVE', 'PENDING_INVITE', 'INVITE_EXPIRED'),
  roles: list(Role),
  permissions: list(like(/^sk_org_[a-z_]+$/)),
  metadata: pairs,
  provisioning_method: oneOf('jit_using_sso', 'allowed_email_domain', 'org_creator', 'direct_provision',
    'invitation'),
  'inviter_email?': email,
  'created_at?': time,
  'accepted_at?': time,
  'expires_at?': time,
});
export const ExternalIdentity = object({
  connection_id: id('conn'),
  connection_type: oneOf('OIDC', 'OAUTH', 'SAML'),
  connection_provider: oneOf('OKTA', 'GOOGLE', 'MICROSOFT_AD', 'AUTH0', 'ONELOGIN', 'PING_IDENTITY', 'JUMPCLOUD',
    'CUSTOM', 'GITHUB', 'GITLAB', 'LINKEDIN', 'SALESFORCE', 'MICROSOFT', 'IDP_SIMULATOR', 'SCALEKIT', 'ADFS'),
  connection_user_id: text(1),
  is_social: bool,
  last_login_time: time,
  created_time: time,
  last_synced_time: time,
});
export const User = object({
  id: id('usr'),
  create_time: time,
  update_time: time,
  email,
  'external_id?': text(1, 128),
  memberships: list(Membership),
  user_profile: object({
    given_name: text(0, 255),
    family_name: text(0, 255),
    name: text(),
    locale: text(),
    email_verified: bool,
    phone_number: text(),
    phone_number_verified: oneOf(false),
    preferred_username: text(0, 512),
    picture: text(),
    gender: text(),
    groups: list(text(1, 250)),
    metadata: pairs,
    custom_attributes: pairs,
    external_identities: list(ExternalIdentity),
  }),
  metadata: pairs,
  'last_login_time?': time,
});
export const UserResponse = object({ user: User });
export const UsersResponse = page('users', User);
export const InviteResponse = object({
  invite: object({
    organization_id: id('org'),
    user_id: id('usr'),
    'inviter_email?': email,
    status: oneOf('pending_invite'),
    created_at: time,
    expires_at: time,
    resent_at: time,
    resent_count: integer(1),
  }),
});
export const RolesResponse = object({ roles: list(Role) });
export const PermissionsResponse = object({
  permissions: list(object({ id: id('perm'), name: like(/^sk_org_[a-z_]+$/), description: text(1) })),
});

// ---- connections --------------------------------------------------------------------------------

const provider = oneOf('OKTA', 'GOOGLE', 'MICROSOFT_AD', 'AUTH0', 'ONELOGIN', 'PING_IDENTITY', 'JUMPCLOUD', 'CUSTOM',
  'GITHUB', 'GITLAB', 'LINKEDIN', 'SALESFORCE', 'MICROSOFT', 'IDP_SIMULATOR', 'ADFS', 'APPLE');
const connectionType = oneOf('OIDC', 'OAUTH');
const connectionStatus = oneOf('DRAFT', 'IN_PROGRESS', 'COMPLETED');
const commonConfig = {
  authorize_uri: text(), token_uri: text(), user_info_uri: text(), client_id: text(),
  client_secret: oneOf(''), // never the secret
  scopes: list(text(1)), redirect_uri: like(/^https?:\/\/[^/]+\/sso\/v1\/(oidc|oauth)\/conn_[0-9]+\/callback$/),
  pkce_enabled: bool, sync_user_profile_on_login: bool, prompt: text(),
};
export const Connection = object({
  id: id('conn'),
  provider,
  type: connectionType,
  status: connectionStatus,
  enabled: bool,
  debug_enabled: oneOf(false),
  'organization_id?': id('org'),
  ui_button_title: text(1, 100),
  configuration_type: oneOf('DISCOVERY', 'MANUAL'),
  test_connection_uri: like(/^$|^https?:\/\/[^/]+\/a\/auth\/test\?test_id=test_[0-9]+&token=[\w-]+$/),
  attribute_mapping: map(text(1, 256)),
  create_time: time,
  update_time: time,
  provider_key: text(0, 128),
  jit: oneOf('on', 'off', 'organization_domains'),
  idp_initiated: oneOf('convert', 'direct', 'off'),
  email_trust: bool,
  domains: list(Domain),
  'oauth_config?': object(commonConfig),
  'oidc_config?': object({
    ...commonConfig, issuer: text(), discovery_endpoint: text(), jwks_uri: text(),
    token_auth_type: oneOf('URL_PARAMS', 'BASIC_AUTH', 'PRIVATE_KEY_JWT'), idp_logout_required: bool,
    jit_provisioning_with_sso_enabled: bool, response_mode: oneOf('query', 'form_post'), algs: text(1),
    tenants: list(text(36, 36)),
  }),
});
export const ConnectionResponse = object({ connection: Connection });
export const ListConnection = object({
  id: id('conn'), provider, type: connectionType, status: connectionStatus, enabled: bool,
  organization_id: text(), ui_button_title: text(1), domains: list(text(4)), organization_name: text(),
  provider_key: text(), key_id: text(), created_at: time,
});
export const ListConnectionsResponse = object({ connections: list(ListConnection) });
export const ConnectionsResponse = page('connections', ListConnection);
export const ToggleResponse = object({ enabled: bool, 'error_message?': text(1) });
export const TestResultResponse = object({
  status: oneOf('PENDING', 'SUCCESS', 'FAILURE'), 'user_info?': text(1), 'error?': text(1),
  'error_description?': text(1), 'error_details?': text(1),
});

// ---- logs ---------------------------------------------------------------------------------------

export const LogsResponse = page('authRequests', object({
  organization_id: text(), environment_id: id('env'), connection_id: text(),
  auth_request_id: like(/^(req|log)_[0-9]+$/), email: text(), connection_type: text(), connection_provider: text(),
  status: oneOf('INITIATED', 'PENDING', 'SUCCESS', 'FAILED'), timestamp: time,
  connection_details: list(object({ connection_id: id('conn'), organization_id: text(), connection_type: text(),
    connection_provider: text() })),
  workflow: text(), resource_id: text(), resource_name: text(), resource_type: text(),
  connected_account_identifier: text(), client_id: text(), client_name: text(),
  client_type: oneOf('', 'WEB_APP', 'SPA', 'NTV', 'M2M'),
}));

// ---- applications -------------------------------------------------------------------------------

const Secret = object({
  id: like(/^sec_[0-9]+$/), create_time: time, update_time: time, secret_suffix: text(0, 4), 'created_by?': text(1),
  status: oneOf('ACTIVE', 'INACTIVE'), 'expire_time?': time, 'last_used_time?': time,
});
export const Client = object({
  id: like(/^skc_[0-9]+$/), keyId: text(), create_time: time, update_time: time, secrets: list(Secret),
  post_logout_redirect_uris: list(text(1)), back_channel_logout_uris: list(text(1)), initiate_login_uri: text(),
  post_login_uris: list(text(1)), name: text(1, 200), access_token_expiry: int64, scopes: list(text(1)),
  custom_claims: list(object({ key: text(1, 128), value: text() })), disallow_scalekit_api_access: bool,
  grant_types: list(text(1)), client_type: oneOf('WEB_APP', 'SPA', 'NTV', 'M2M'), enforce_pkce: bool,
});
export const ClientResponse = object({ client: Client });
export const ClientsResponse = page('clients', Client);
export const SecretCreatedResponse = object({ plain_secret: text(40), secret: Secret });
export const SecretResponse = object({ secret: Secret });

// ---- sessions -----------------------------------------------------------------------------------

const ended = {
  session_id: id('ses'), user_id: id('usr'), created_at: time, updated_at: time, 'idle_expires_at?': time,
  absolute_expires_at: time, 'expired_at?': time, 'logout_at?': time,
  status: oneOf('active', 'expired', 'revoked', 'logout'), last_active_at: time,
};
const RevokedSession = object(ended);
export const Session = object({
  ...ended, organization_id: text(), authenticated_organizations: list(id('org')),
  authenticated_clients: list(object({ client_id: text(1), organization_id: text() })),
  device: object({ user_agent: text(), os: text(), os_version: text(), browser: text(), browser_version: text(),
    device_type: oneOf('', 'desktop', 'mobile', 'tablet'), ip: text() }),
});
export const SessionsResponse = page('sessions', Session);
export const RevokeSessionResponse = object({ revoked_session: RevokedSession });
export const RevokeSessionsResponse = object({ revoked_sessions: list(RevokedSession), total_revoked: integer(0) });
